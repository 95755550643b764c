from messaging.models.message import *  # noqa: F403
