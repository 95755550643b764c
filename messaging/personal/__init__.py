"""What people keep for themselves: scheduled messages and saved ones."""
