"""The inbox by person: the place of each conversation in each member's inbox, as a row.

`entries` writes what a person's own actions change, in their transaction; `follower` what messages
change, after their commits; `messaging.reads.inbox.sources` reads it; `integrity` proves it.
"""
