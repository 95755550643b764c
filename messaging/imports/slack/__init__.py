"""Loading a Slack workspace export.

`archive` opens and checks the zip, `export` reads who and where is in it, `days` gives the messages
in order of time, `markup` turns Slack's text into ours, `people` finds or makes the accounts,
`mapping` makes rows of a log, `periods` the memberships, `loader` stores them, `report` tells what
was left out and what was changed.

A conversation's log is a function of the export alone, ids included. That makes an import that was
interrupted resumable without a mark anywhere: the rows are made again, those that are stored are
compared, and the rest is appended.
"""
