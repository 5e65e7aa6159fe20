"""Reviews and their sign-offs in the store: appended, never changed; what was found twice is kept once."""

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from poise.model.configuration_review import KeptReview, Review, SignOff
from poise.store.review_codec import review_of, text_of
from poise.store.storable import storable
from poise.store.store_error import StoreError
from poise.store.store_file import StoreFile
from poise.store.telling import told

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class ReviewLog(StoreFile):
    """The reviews in the store at `path`."""

    def append(
        self, load_balancer: str, files: Sequence[str], review: Review, worse: Sequence[str], compared_with: int | None
    ) -> KeptReview:
        """Keeps a review of the load balancer with these files; two watches may both call others so."""
        from sqlalchemy import and_, insert, select  # noqa: PLC0415

        from poise.store.schema import REVIEW  # noqa: PLC0415

        name, place, content = storable(load_balancer), json.dumps(list(files)), text_of(review)
        row: dict[str, str | int | None] = {"load_balancer": name, "files": place, "at": review.at.isoformat()}
        row |= {"worse": json.dumps(list(worse)), "compared_with": compared_with}
        mine = and_(REVIEW.c.load_balancer == name, REVIEW.c.files == place, REVIEW.c.content.is_not(None))
        newest = select(REVIEW.c.seq, REVIEW.c.content).where(mine).order_by(REVIEW.c.seq.desc()).limit(1)
        with told(self.path, "append to"), self._connect() as connection, connection.begin():
            last = connection.execute(newest).first()
            same = int(last.seq) if last is not None and last.content == content else None
            row |= {"same_as": same, "content": content if same is None else None}
            number = int(connection.execute(insert(REVIEW).values(**row).returning(REVIEW.c.seq)).scalar_one())
        return KeptReview(number, name, tuple(files), review, tuple(worse), compared_with, _digest(content))

    def measure(self, load_balancer: str, files: Sequence[str]) -> KeptReview | None:
        """What the next review is held against: the newest that was not worse, or that somebody signed."""
        from sqlalchemy import or_, select  # noqa: PLC0415

        from poise.store.schema import REVIEW, REVIEW_SIGN_OFF  # noqa: PLC0415

        good = or_(REVIEW.c.worse == "[]", REVIEW.c.seq.in_(select(REVIEW_SIGN_OFF.c.review)))
        found = self._kept(REVIEW.c.load_balancer == storable(load_balancer), REVIEW.c.files == json.dumps(list(files)), good, most=1)
        return found[0] if found else None

    def newest(self, most: int, load_balancer: str | None = None) -> tuple[KeptReview, ...]:
        """The newest first."""
        from poise.store.schema import REVIEW  # noqa: PLC0415

        return self._kept(*(() if load_balancer is None else (REVIEW.c.load_balancer == storable(load_balancer),)), most=most)

    def numbered(self, number: int) -> KeptReview | None:
        """The review of that number."""
        from poise.store.schema import REVIEW  # noqa: PLC0415

        found = self._kept(REVIEW.c.seq == number, most=1)
        return found[0] if found else None

    def sign(self, number: int, sign_off: SignOff) -> None:
        """Keeps that somebody signed this review."""
        from sqlalchemy import insert  # noqa: PLC0415

        from poise.store.schema import REVIEW_SIGN_OFF  # noqa: PLC0415

        row = {"review": number, "at": sign_off.at.isoformat(), "by": storable(sign_off.by), "note": storable(sign_off.note)}
        with told(self.path, "append to"), self._connect() as connection, connection.begin():
            connection.execute(insert(REVIEW_SIGN_OFF).values(**row, digest=sign_off.digest))

    def _kept(self, *conditions: "ColumnElement[bool]", most: int) -> tuple[KeptReview, ...]:
        from sqlalchemy import func, select  # noqa: PLC0415

        from poise.store.schema import REVIEW, REVIEW_SIGN_OFF  # noqa: PLC0415

        whole = REVIEW.alias("whole")
        content = func.coalesce(REVIEW.c.content, select(whole.c.content).where(whole.c.seq == REVIEW.c.same_as).scalar_subquery())
        columns = (REVIEW.c.seq, REVIEW.c.load_balancer, REVIEW.c.files, REVIEW.c.at, REVIEW.c.worse, REVIEW.c.compared_with)
        query = select(*columns, content.label("content")).where(*conditions).order_by(REVIEW.c.seq.desc()).limit(most)
        with told(self.path, "read"), self._connect(reading=True) as connection:
            rows = connection.execute(query).all()
            signs = connection.execute(
                select(REVIEW_SIGN_OFF).where(REVIEW_SIGN_OFF.c.review.in_([row.seq for row in rows])).order_by(REVIEW_SIGN_OFF.c.seq)
            ).all()
        signed: dict[int, list[SignOff]] = {}
        for row in signs:
            signed.setdefault(row.review, []).append(SignOff(datetime.fromisoformat(row.at), row.by, row.note, row.digest))
        try:
            return tuple(_review(row, signed.get(row.seq, ())) for row in rows)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(f"could not read the reviews in {self.path}: a newer poise may have written them; upgrade poise") from error


def _review(row: Any, signed: Sequence[SignOff]) -> KeptReview:
    review, files, worse = review_of(row.content, datetime.fromisoformat(row.at)), json.loads(row.files), json.loads(row.worse)
    return KeptReview(
        row.seq, row.load_balancer, tuple(files), review, tuple(worse), row.compared_with, _digest(row.content), tuple(signed)
    )


def _digest(content: str) -> str:
    return sha256(content.encode()).hexdigest()
