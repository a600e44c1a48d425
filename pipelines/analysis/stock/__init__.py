"""What lies on the shelves: how long it lasts, what expires, who can help out."""
