from chatproject.environment.services import *  # noqa: F403
