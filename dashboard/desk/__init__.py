"""What a person does to the data: load a file, correct records, map codes, follow a record."""
