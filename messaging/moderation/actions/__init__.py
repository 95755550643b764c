"""Acts of moderators, and filing reports. The audit log records every act."""
