"""A board taken out of the house: answered once more, and written down who took it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gcrm.access import Accessor, Actor, keys_of
from gcrm.runtime.boards import BoardAnswer, Chosen, open_board
from gcrm.runtime.services import Services
from gcrm.runtime.use_case import UseCase
from gcrm.store import audit

ACTION = "export"


@dataclass(frozen=True, slots=True)
class Export:
    """What is taken: a board or one tile of it, as `xlsx` or `png`, and what was chosen."""

    app_id: str
    board_id: str
    kind: str
    chosen: Chosen
    tile_id: str = ""
    locale: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class _Plan:
    actor: Actor
    ask: Export
    answer: BoardAnswer


def prepare(
    reader: Connection, services: Services, actor: Actor, ask: Export, now: datetime
) -> _Plan:
    """Answer the board under the actor's own scope. Raises Denied without the right to export."""
    accessor = Accessor(reader, actor, keys_of(reader, actor))
    desk = open_board(
        reader, services, accessor, ask.app_id, ask.board_id, now, locale=ask.locale, action=ACTION
    )
    return _Plan(actor, ask, desk.answer(ask.chosen, only=ask.tile_id))


def commit(writer: Connection, services: Services, plan: _Plan, now: datetime) -> BoardAnswer:
    """Write down who takes what, narrowed by what; the numbers themselves are not kept."""
    actor, ask = plan.actor, plan.ask
    data = {
        "kind": ask.kind,
        "tile": ask.tile_id,
        "chosen": {name: value for name, value in ask.chosen.values.items() if value},
        "rows": sum(len(each.table.rows) for each in plan.answer.tiles),
    }
    entry = audit.Entry(
        audit.party_chain(actor.party_id),
        "board.export",
        f"board:{ask.app_id}.{ask.board_id}",
        now,
        data,
        actor.party_id,
        actor.account_id,
    )
    audit.record(writer, services.sealer.audit_key(actor.tenant_id), actor.tenant_id, [entry])
    return plan.answer


EXPORT = UseCase(prepare, commit)
