"""The gate before the app: who is let in, to what, and with which headers answers leave."""
