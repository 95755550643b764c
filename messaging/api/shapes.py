"""The shapes of what is read, for the schema: messages, conversations, and lists of them."""

from typing import Any

from rest_framework import serializers

from attachments.shapes import AttachmentAnswer
from conversations.models import Conversation, Participant
from messaging.models import Message


class ReactionShape(serializers.Serializer[Any]):
    emoji = serializers.CharField()
    count = serializers.IntegerField()
    userIds = serializers.ListField(
        child=serializers.UUIDField(), help_text="The first ones, in the order of reacting."
    )


class ThreadSummary(serializers.Serializer[Any]):
    """What the replies in the thread of a message come to."""

    replyCount = serializers.IntegerField(help_text="Without deleted ones.")
    lastReplyAt = serializers.DateTimeField(allow_null=True)
    participantIds = serializers.ListField(
        child=serializers.UUIDField(), help_text="Who wrote first in it, 5 at most."
    )


class OwnThreadState(serializers.Serializer[Any]):
    following = serializers.BooleanField()
    unread = serializers.IntegerField(help_text="0 for who does not follow.")
    lastReadSeq = serializers.IntegerField()


class OwnThreadSummary(ThreadSummary, OwnThreadState):
    """The same, and what only the asker is told of it."""


class ThreadOfReply(OwnThreadSummary):
    seq = serializers.IntegerField(help_text="Of the root.")


class PollChoiceShape(serializers.Serializer[Any]):
    text = serializers.CharField()
    count = serializers.IntegerField()
    userIds = serializers.ListField(
        child=serializers.UUIDField(), help_text="The first voters; nobody in an anonymous poll."
    )


class PollShape(serializers.Serializer[Any]):
    """What is voted on; the question is the message's text."""

    choices = PollChoiceShape(many=True)
    several = serializers.BooleanField()
    anonymous = serializers.BooleanField()
    closesAt = serializers.DateTimeField(allow_null=True, help_text="When the vote ends.")
    closedAt = serializers.DateTimeField(allow_null=True, help_text="When somebody ended it.")
    voterCount = serializers.IntegerField()


class OwnPollShape(PollShape):
    myChoices = serializers.ListField(
        child=serializers.IntegerField(), help_text="What the asker votes for, by its place."
    )


class LinkPreviewPicture(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="Of a WebP, for who sees the message.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    placeholder = serializers.CharField(allow_null=True, help_text="A BlurHash.")


class LinkPreviewShape(serializers.Serializer[Any]):
    """What the page that a link leads to says of itself."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    siteName = serializers.CharField()
    picture = LinkPreviewPicture(allow_null=True)


class MessageAnswer(serializers.Serializer[Any]):
    """A message, the same for everybody who may see it."""

    id = serializers.UUIDField()
    conversationId = serializers.UUIDField()
    seq = serializers.IntegerField(help_text="Its place in the conversation: 1, 2, 3, …")
    rev = serializers.IntegerField(help_text="The place of its last change.")
    senderId = serializers.UUIDField(allow_null=True)
    clientId = serializers.UUIDField(allow_null=True)
    kind = serializers.ChoiceField(Message.Kind.choices)
    content = serializers.CharField(help_text="Empty when it is deleted.")
    meta = serializers.DictField(
        allow_null=True,
        help_text="Of a system message: the event and its ids; `forwarded` of a forwarded one.",
    )
    replyToSeq = serializers.IntegerField(allow_null=True)
    threadSeq = serializers.IntegerField(
        allow_null=True, help_text="The root of the thread that it is a reply in."
    )
    alsoToConversation = serializers.BooleanField(
        help_text="Of a reply in a thread: in the timeline too. Without, only in the thread."
    )
    createdAt = serializers.DateTimeField()
    editedAt = serializers.DateTimeField(allow_null=True)
    deletedAt = serializers.DateTimeField(allow_null=True)
    pinnedAt = serializers.DateTimeField(allow_null=True)
    pinnedById = serializers.UUIDField(allow_null=True)
    reactions = ReactionShape(many=True)
    attachments = AttachmentAnswer(many=True)
    thread = ThreadSummary(allow_null=True, help_text="Of a root: its replies.")
    poll = PollShape(allow_null=True)
    linkPreviews = LinkPreviewShape(many=True, help_text="Come after the message; 3 at most.")


class OwnMessageAnswer(MessageAnswer):
    """A message, and what only the asker is told of it."""

    mine = serializers.BooleanField()
    status = serializers.ChoiceField(
        ["sent", "delivered", "read"],
        allow_null=True,
        help_text="Of one's own: whether all the others have it; `sent` where many take part.",
    )
    myReactions = serializers.ListField(child=serializers.CharField())
    thread = OwnThreadSummary(allow_null=True, help_text="Of a root: its replies.")
    poll = OwnPollShape(allow_null=True)


class PersonShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    isBot = serializers.BooleanField()


class OneMessageAnswer(OwnMessageAnswer):
    people = PersonShape(many=True)


class MessageList(serializers.Serializer[Any]):
    """A page of a log, the newest last."""

    results = OwnMessageAnswer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Go on with it as `after`.")
    previous = serializers.CharField(allow_null=True, help_text="Go on with it as `before`.")
    rev = serializers.IntegerField(help_text="Ask for the changes since it.")
    people = PersonShape(many=True, help_text="Those whom the messages name by id.")


class ChangeList(serializers.Serializer[Any]):
    results = OwnMessageAnswer(many=True, help_text="In the order of their last change.")
    threads = ThreadOfReply(
        many=True, help_text="As they are now, those that replies among the results are in."
    )
    throughRev = serializers.IntegerField(help_text="Ask for what comes after it.")
    memberRev = serializers.IntegerField(help_text="The place of the last change of who is in.")
    more = serializers.BooleanField()
    reset = serializers.BooleanField(help_text="True: load the conversation anew instead.")
    people = PersonShape(many=True)


class RevisionShape(serializers.Serializer[Any]):
    rev = serializers.IntegerField(help_text="From which on it stood; 0 for the first version.")
    content = serializers.CharField()
    createdAt = serializers.DateTimeField()


class RevisionList(serializers.Serializer[Any]):
    results = RevisionShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class ReceiptShape(serializers.Serializer[Any]):
    userId = serializers.UUIDField()
    name = serializers.CharField()
    isBot = serializers.BooleanField()
    delivered = serializers.BooleanField()
    deliveredAt = serializers.DateTimeField(allow_null=True, help_text="Null where not kept.")
    read = serializers.BooleanField()
    readAt = serializers.DateTimeField(allow_null=True)


class ReceiptList(serializers.Serializer[Any]):
    results = ReceiptShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class PeerStatusShape(serializers.Serializer[Any]):
    emoji = serializers.CharField()
    text = serializers.CharField()


class PeerShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    nickname = serializers.CharField(allow_null=True, help_text="From one's own contacts.")
    isActive = serializers.BooleanField(help_text="False for a closed or suspended account.")
    avatarUrl = serializers.CharField(allow_null=True, help_text="Another one for each picture.")
    status = PeerStatusShape(allow_null=True)


class ConversationAnswer(serializers.Serializer[Any]):
    """A conversation, and what only the asker is told of it.

    Who has left sees it as it was then; who reads a public one from outside has no role.
    """

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Conversation.Kind.choices)
    isGroup = serializers.BooleanField()
    name = serializers.CharField(help_text="Of a direct one: the other's nickname or name.")
    topic = serializers.CharField()
    pictureUrl = serializers.CharField(allow_null=True, help_text="Another one for each picture.")
    createdById = serializers.UUIDField(allow_null=True)
    createdAt = serializers.DateTimeField()
    memberCount = serializers.IntegerField(allow_null=True)
    history = serializers.ChoiceField(Conversation.History.choices)
    openFromSeq = serializers.IntegerField()
    isLocked = serializers.BooleanField()
    headSeq = serializers.IntegerField(help_text="Where the log ends for one.")
    rev = serializers.IntegerField(help_text="The last change that one may know of.")
    memberRev = serializers.IntegerField()
    lastMessageAt = serializers.DateTimeField(allow_null=True)
    role = serializers.ChoiceField(Participant.Role.choices, allow_null=True)
    unread = serializers.IntegerField()
    unreadMentions = serializers.IntegerField()
    mentioned = serializers.BooleanField()
    lastReadSeq = serializers.IntegerField()
    lastDeliveredSeq = serializers.IntegerField()
    joinedAt = serializers.DateTimeField(allow_null=True)
    leftAt = serializers.DateTimeField(allow_null=True)
    fromSeq = serializers.IntegerField(help_text="Where one's present visibility of it begins.")
    mutedUntil = serializers.DateTimeField(allow_null=True)
    notify = serializers.ChoiceField(Participant.Notify.choices, allow_null=True)
    pinnedAt = serializers.DateTimeField(allow_null=True)
    archivedAt = serializers.DateTimeField(allow_null=True)
    unreadMark = serializers.BooleanField()
    clearedSeq = serializers.IntegerField()
    stateRev = serializers.IntegerField()
    peer = PeerShape(allow_null=True, help_text="The other one of a direct conversation.")
    lastMessage = MessageAnswer(allow_null=True)


class ConversationList(serializers.Serializer[Any]):
    results = ConversationAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    people = PersonShape(many=True, required=False, help_text="Those in the last messages.")


class ThreadPage(MessageList):
    """A page of the replies in a thread, the newest last."""

    root = OwnMessageAnswer(allow_null=True, help_text="Null where one does not see it.")
    thread = OwnThreadState()


class FollowedThread(serializers.Serializer[Any]):
    conversationId = serializers.UUIDField()
    seq = serializers.IntegerField(help_text="Of the root.")
    thread = OwnThreadSummary()
    root = OwnMessageAnswer(allow_null=True, help_text="Null where one does not see it.")


class FollowedThreadList(serializers.Serializer[Any]):
    results = FollowedThread(many=True, help_text="Unread ones first, then by the last reply.")
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    unreadThreads = serializers.IntegerField(help_text="Of all that one follows.")
    people = PersonShape(many=True)
