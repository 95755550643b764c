"""What every app uses. Imports no app."""
