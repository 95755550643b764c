"""By which code the server ends a connection: below 4500 a client comes back and resumes, from 4500
on it does not."""

CLOSE_GOING_AWAY = 4000
CLOSE_RESUME = 4001
CLOSE_LATER = 4002
CLOSE_TOO_FAST = 4003
CLOSE_NOT_AUTHENTICATED = 4500
CLOSE_SIGNED_OUT = 4501
CLOSE_BAD_FRAME = 4502
CLOSE_NOT_FOUND = 4503
CLOSE_TOO_LARGE = 1009  # of the protocol itself

RESTARTING = "the server restarts: resume"  # with CLOSE_GOING_AWAY
