"""What is long in the settings and set by no variable: the frameworks' own configuration."""
