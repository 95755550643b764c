"""Exports conversations as a Slack workspace export, which `import_slack` and others read.

`export` writes the zip, `shapes` gives people and conversations as Slack's index files hold them,
`messages` the messages of a day. Beside Slack's own fields a message has `markdown`, its text as it
is stored, and `reply_to_ts`, the message that it quotes; a conversation has `title`. Slack's
importers pass over them, ours prefers them, so that our export into our import is the same log.
"""
