from sqlalchemy import BigInteger, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    pass


class OwnedRow:
    """Columns every table of the desk shares.

    ``seq`` is the surrogate key and the tie breaker of listings, ``sort_at`` the instant in microseconds,
    ``body`` the SDK model as JSON text, exactly as it was handed to us.
    """

    seq: Mapped[int] = mapped_column(_SEQUENCE, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    owner_id: Mapped[str] = mapped_column(String(255))
    public_id: Mapped[str] = mapped_column(String(255))
    sort_at: Mapped[int] = mapped_column(BigInteger, default=0)
    body: Mapped[str] = mapped_column(Text)


class ThreadRow(OwnedRow, Base):
    __tablename__ = "claims_threads"
    __table_args__ = (UniqueConstraint("tenant_id", "owner_id", "public_id"),)


class ItemRow(OwnedRow, Base):
    __tablename__ = "claims_items"
    __table_args__ = (UniqueConstraint("tenant_id", "owner_id", "thread_id", "public_id"),)

    thread_id: Mapped[str] = mapped_column(String(255))


class AttachmentRow(OwnedRow, Base):
    __tablename__ = "claims_attachments"
    __table_args__ = (UniqueConstraint("tenant_id", "owner_id", "public_id"),)

    thread_id: Mapped[str | None] = mapped_column(String(255))
