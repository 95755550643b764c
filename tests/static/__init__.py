"""What is held against the source itself."""
