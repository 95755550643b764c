"""The long settings that no variable sets: the configuration of the frameworks."""
