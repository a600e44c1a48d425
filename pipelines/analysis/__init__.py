"""What the figures say: control charts, bridges, signals, lists of what needs attention."""
