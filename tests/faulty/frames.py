from uuid import UUID

from chatproject.core.api.bodies import Body
from messaging.ws.frames import Answer, Runs, frame
from messaging.ws.session import Session
from tests.faulty.faults import fail, statements


class FailFrame(Body):
    content: str
    how: str = "python"


class AskFrame(Body):
    pass


@frame("faulty.thread", FailFrame, Runs.DATABASE_THREAD)
def _thread(user_id: UUID, body: FailFrame) -> Answer:
    fail(body.content, body.how)
    return {}


@frame("faulty.loop", FailFrame, Runs.EVENT_LOOP)
async def _loop(session: Session, body: FailFrame) -> Answer:
    fail(body.content, "python")
    return {}


@frame("faulty.statements", AskFrame, Runs.DATABASE_THREAD)
def _statements(user_id: UUID, body: AskFrame) -> Answer:
    return {"statements": statements()}
