"""What keeps a home well for years: backups that were read back, and a doctor."""
