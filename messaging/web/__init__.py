"""The page of the chat, and the data embedded in it."""
