"""Technicians, phones, an office, a server, and everything that goes wrong between them, drawn from a seed.

`step` lets one thing happen; `settle` ends all faults and counts how long the queues take to empty; `judge` asks every
invariant. Whatever is drawn here has happened somewhere: see the failure table of docs/sync-protocol.md.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from tests.fieldsvc.conftest import PASSWORD
from tests.sim import work
from tests.sim.disk import Disk
from tests.sim.ledger import Ledger
from tests.sim.line import FAULTS, Flaky, NoAnswerError
from tests.sim.office import Office
from tests.sim.phones import Phone, new_identity
from tests.sim.stand import AFTER_COMMIT, BEFORE_COMMIT, Stand

MOST_LATE, MOST_BACKUPS = 12, 4


@dataclass
class Handset:
    """A phone as an object in somebody's hand: its storage, its line, its clock, its backups."""

    phone: Phone
    line: Flaky
    skew: timedelta = timedelta()
    backups: list[Disk] = field(default_factory=list)


class World:
    """One run. `owners` says whose phones there are; one name twice is somebody with two phones."""

    def __init__(
        self,
        stand: Stand,
        seed: int,
        *,
        owners: tuple[str, ...] = ("inspector", "inspector", "colleague"),
        kind_of_phone: type[Phone] = Phone,
    ):
        self.stand, self.chance, self.kind_of_phone = stand, random.Random(seed), kind_of_phone
        self.ledger = Ledger(stand.books)
        self.handsets: list[Handset] = []
        self.happened: Counter[str] = Counter()
        self.backups: list[str] = []
        self.owners = owners
        self.office = Office(stand, self.ledger, self.chance, sorted(set(owners)))
        self.office.plan(4)
        for owner in owners:
            self.hand_out(owner)
        self.back_up_server()
        for handset in self.handsets:
            self._try_sync(handset)

    # What can happen

    WEIGHTS: ClassVar[dict[str, float]] = {
        "tap": 30,
        "sync": 22,
        "sync_badly": 16,
        "office_works": 12,
        "server_dies": 6,
        "late_request_arrives": 6,
        "lose_signal": 5,
        "crash": 5,
        "back_up_phone": 3,
        "copy_phone": 2,
        "put_back_phone": 2,
        "log_in_expires": 2,
        "set_clock_wrong": 2,
        "back_up_server": 2,
        "put_back_server": 1.5,
        "lose_storage": 1.5,
        "next_day": 1.5,
        "colleague_borrows_phone": 1,
        "office_revokes": 0.7,
    }
    NAMES = tuple(WEIGHTS)

    def step(self) -> str:
        """Let one thing happen; gives its name."""
        name = self.chance.choices(self.NAMES, list(self.WEIGHTS.values()))[0]
        getattr(self, name)()
        self.happened[name] += 1
        self.stand.pass_time(timedelta(seconds=self.chance.randrange(1, 600)))
        return name

    def tap(self) -> None:
        handset = self._any()
        for _ in range(self.chance.randrange(1, 5)):
            work.tap(handset.phone, self.chance)

    def sync(self) -> None:
        """Whoever taps while the phone is sending must not find the new entry acknowledged with the others."""
        handset = self._any()
        if self.chance.random() < 0.3:
            handset.line.meanwhile = lambda: work.tap(handset.phone, self.chance)
        for _ in range(self.chance.randrange(1, 4)):
            self._try_sync(handset)

    def sync_badly(self) -> None:
        handset = self._any()
        handset.line.fault = self.chance.choice(FAULTS)
        self._try_sync(handset)

    def server_dies(self) -> None:
        """The server is killed over a phone's request, and started again."""
        self.stand.dies_at = self.chance.choice([BEFORE_COMMIT, AFTER_COMMIT])
        self._try_sync(self._any())
        self.stand.dies_at = ""

    def late_request_arrives(self) -> None:
        waiting = [handset for handset in self.handsets if handset.line.limbo]
        if waiting:
            limbo = self.chance.choice(waiting).line.limbo
            self._deliver(limbo.pop(self.chance.randrange(len(limbo))))

    def lose_signal(self) -> None:
        """A cellar, or out of it again."""
        offline = [handset for handset in self.handsets if not handset.line.online]
        if offline and self.chance.random() < 0.6:
            self.chance.choice(offline).line.online = True
        else:
            self._any().line.online = False

    def crash(self) -> None:
        """Everything that is not on the disk is gone."""
        handset = self._any()
        handset.phone = self._boot(handset, handset.phone.disk)

    def copy_phone(self) -> None:
        if len(self.handsets) < 2 * len(self.owners):
            handset = self._any()
            self._add(handset.phone.disk.copy())

    def back_up_phone(self) -> None:
        handset = self._any()
        handset.backups.append(handset.phone.disk.copy())

    def put_back_phone(self) -> None:
        handset = self._any()
        if handset.backups:
            handset.phone = self._boot(handset, self.chance.choice(handset.backups).copy())

    def lose_storage(self) -> None:
        """The browser throws everything away, acknowledged or not; the phone begins anew."""
        handset = self._any()
        handset.phone = self._boot(handset, Disk(handset.phone.disk.owner, [new_identity(self.chance)]))

    def log_in_expires(self) -> None:
        handset = self._any()
        handset.line.forget()
        handset.phone.person_is_there = self.chance.random() < 0.5

    def colleague_borrows_phone(self) -> None:
        handset = self._any()
        owner, others = handset.phone.disk.owner, sorted(set(self.owners) - {handset.phone.disk.owner})
        if others and handset.line.online:
            handset.phone.disk.owner = self.chance.choice(others)
            handset.phone.log_in()
            handset.phone.disk.owner = owner

    def set_clock_wrong(self) -> None:
        self._any().skew = timedelta(days=self.chance.choice([-3650, -365, -1, 0, 1, 400, 7000]))

    def next_day(self) -> None:
        self.stand.pass_time(timedelta(days=self.chance.choice([1, 1, 3, 9])))

    def back_up_server(self) -> None:
        if len(self.backups) >= MOST_BACKUPS:
            self.stand.discard(self.backups.pop(self.chance.randrange(MOST_BACKUPS)))
        self.backups.append(f"backup{self.happened['backups']}")
        self.happened["backups"] += 1
        self.stand.back_up(self.backups[-1])

    def put_back_server(self) -> None:
        """The server goes back to an earlier backup: what came since is lost there, and begins another history."""
        self.ledger.end_history(self.office.epoch)
        self.office.epoch = self.stand.put_back(self.chance.choice(self.backups))
        self.ledger.begin_history()

    def office_revokes(self) -> None:
        """A phone is reported lost, yet goes on; its owner is given another one."""
        disk = self._any().phone.disk
        if disk.current.enrolled and not disk.current.revoked and len(self.handsets) < 3 * len(self.owners):
            self.office.revoke(disk.current.id)
            self.hand_out(disk.owner)

    def office_works(self) -> None:
        self.office.work()

    # When the faults stop

    def settle(self) -> list[str]:
        """No more faults: deliver what is under way, let every phone sync. Names queues that do not empty."""
        for handset in self.handsets:
            handset.line.online, handset.line.fault, handset.line.meanwhile = True, "", None
            handset.phone.person_is_there = True
            while handset.line.limbo:
                self._deliver(handset.line.limbo.pop())
        found = []
        for _ in range(3):  # what the last phone sends, the first one has to pull
            for handset in self.handsets:
                rounds, bound = 0, self._bound(handset.phone.disk)
                while rounds == 0 or (rounds < bound and not handset.phone.settled):
                    handset.phone.sync()
                    rounds += 1
                if not handset.phone.settled:
                    found.append(f"{handset.phone.disk.owner}'s phone is not done after {bound} rounds")
        return found

    def _bound(self, disk: Disk) -> int:
        # Pages hold two visits at least; each log may need to log in, to enrol, to be asked, and to be given a new id.
        return 12 + len(self.office.visits) + 6 * len(disk.identities)

    # Hands

    def hand_out(self, owner: str) -> Handset:
        """Give somebody a new phone."""
        return self._add(Disk(owner, [new_identity(self.chance)]))

    def _add(self, disk: Disk) -> Handset:
        line = Flaky(self.stand.line())
        handset = Handset(phone=None, line=line)  # type: ignore[arg-type]
        handset.phone = self._boot(handset, disk)
        self.handsets.append(handset)
        return handset

    def _boot(self, handset: Handset, disk: Disk) -> Phone:
        return self.kind_of_phone(
            disk,
            handset.line,
            watch=self.ledger,
            chance=self.chance,
            now=lambda: self.stand.moment + handset.skew,
            password=PASSWORD,
        )

    def _any(self) -> Handset:
        return self.chance.choice(self.handsets)

    def _try_sync(self, handset: Handset) -> None:
        try:
            handset.phone.sync()
        except NoAnswerError as reason:
            self.happened[str(reason)] += 1
        del handset.line.limbo[:-MOST_LATE]

    def _deliver(self, late: Callable[[], object]) -> None:
        """A request arrives that nobody waits for any more."""
        try:
            late()
        except NoAnswerError as reason:
            self.happened[str(reason)] += 1
