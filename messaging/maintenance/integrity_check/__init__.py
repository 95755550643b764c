from messaging.maintenance.integrity_check.periods import *  # noqa: F403
