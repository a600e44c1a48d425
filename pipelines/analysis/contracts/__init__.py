"""What contracts commit to: notice, ceilings, price rises, open orders."""
