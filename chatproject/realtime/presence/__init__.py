"""Who is there: online, away or offline, and seen last when."""
