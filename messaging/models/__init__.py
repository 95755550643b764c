"""Messages and their child rows, which refer to a message by (conversation, seq).

There is a module for each subject; all models are importable from here. The tables of a feature
with a folder of its own are in that folder's `models.py`.

No table of the message path has a foreign key that PostgreSQL checks, and every unique constraint
includes the conversation, so all of them can be distributed by conversation.
"""

from messaging.analytics.models import DayFigure
from messaging.archive.models import ArchiveFile, ArchiveKeyRun, ArchiveRecall, ArchiveSegment
from messaging.inbox.models import InboxCursor, InboxEntry, InboxState
from messaging.integrations.models import Delivery, IncomingWebhook, OutgoingWebhook, SlashCommand
from messaging.models.drafts import SavedDraft
from messaging.models.forwards import Forward
from messaging.models.hides import Hide
from messaging.models.link_previews import MessageLinkPreview
from messaging.models.mentions import Mention
from messaging.models.message import Message
from messaging.models.polls import PollVote
from messaging.models.reactions import Reaction
from messaging.models.receipts import Receipt
from messaging.models.revisions import Revision
from messaging.models.threads import Thread, ThreadFollower
from messaging.moderation.models import LastPost, Quota, Report, Rulebook, WordFilter
from messaging.personal.models import SavedMessage, ScheduledMessage
from messaging.relay.models import ErasedPerson, RelayCursor, RelayState
from messaging.search.models import SearchCursor, SearchEntry

__all__ = [
    "ArchiveFile",
    "ArchiveKeyRun",
    "ArchiveRecall",
    "ArchiveSegment",
    "DayFigure",
    "Delivery",
    "ErasedPerson",
    "Forward",
    "Hide",
    "InboxCursor",
    "InboxEntry",
    "InboxState",
    "IncomingWebhook",
    "LastPost",
    "Mention",
    "Message",
    "MessageLinkPreview",
    "OutgoingWebhook",
    "PollVote",
    "Quota",
    "Reaction",
    "Receipt",
    "RelayCursor",
    "RelayState",
    "Report",
    "Revision",
    "Rulebook",
    "SavedDraft",
    "SavedMessage",
    "ScheduledMessage",
    "SearchCursor",
    "SearchEntry",
    "SlashCommand",
    "Thread",
    "ThreadFollower",
    "WordFilter",
]
