"""The inbox by person: where each conversation stands in the order of each person who is in it.

`entries` writes what a person's own actions change, in their transaction; `follower` what messages
change, after their commits; `messaging.reads.inbox_sources` reads it; `integrity` proves it.
"""
