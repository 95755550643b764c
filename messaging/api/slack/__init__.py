"""Slack's Web API under /api/: the part that bots use, over the same actions as everything else.

A method parses, makes one call, answers. Ids are ours; `ts` is a message's time in seconds and
microseconds, which is unique in its conversation.
"""
