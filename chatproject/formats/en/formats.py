"""Times in English as the chat writes them: 5:09 PM, and not 5:09 p.m."""

TIME_FORMAT = "g:i A"
DATETIME_FORMAT = "N j, Y, g:i A"
SHORT_DATETIME_FORMAT = "m/d/Y g:i A"
