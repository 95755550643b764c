"""The page of the chat itself, and what it is handed with it."""
