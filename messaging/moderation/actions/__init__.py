"""What moderators do, and what anybody does to call them. Each act goes into the audit log."""
