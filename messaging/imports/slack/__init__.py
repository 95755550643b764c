"""Imports a Slack workspace export.

`archive` opens and checks the zip, `export` reads its people and conversations, `days` yields the
messages in order of time, `content` and `markup` parse them, `people` finds or creates the
accounts, `mapping` makes the rows of a log, `periods` the memberships, `conversations` stores them,
`loader` runs it all, and `report` lists what was left out or changed.

The rows of a conversation depend only on the export, ids included. So an interrupted import needs
no marker to resume: the rows are made again, compared with the stored ones, and the rest appended.
"""
