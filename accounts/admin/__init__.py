"""The admin pages of accounts, which Django finds here."""

from accounts.admin import people, sign_ins, site

__all__ = ["people", "sign_ins", "site"]
