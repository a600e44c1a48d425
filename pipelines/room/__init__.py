"""The SQL room: people's own SQL over documented tables of their scope, where it can do no harm."""
