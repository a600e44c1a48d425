"""Control charts and funnels: what is signal and what is noise, whatever is counted."""
