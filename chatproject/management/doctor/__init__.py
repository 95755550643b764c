"""What `manage.py doctor` looks at: each check yields findings, and says what to do."""
