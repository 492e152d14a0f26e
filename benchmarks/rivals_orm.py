"""FastAPI and SQLAlchemy's ORM for the same questions, written as their documentation shows: python rivals_orm.py URL PORT.

Models with relationships, loaded eagerly, and answers as models.
"""

import sys
import uuid
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, select
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


class Base(DeclarativeBase):
    pass


class Influencer(Base):
    __tablename__ = "influencers"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    version: Mapped[int]
    standings: Mapped[list["Standing"]] = relationship()
    profiles: Mapped[list["Found"]] = relationship()


class Standing(Base):
    __tablename__ = "standings"
    influencer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("influencers.id"), primary_key=True)
    score: Mapped[float]
    confidence: Mapped[float]
    half_width: Mapped[float]
    as_of: Mapped[date]
    followers: Mapped[float | None]
    contributions: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))
    seed_share: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))


class Description(Base):
    __tablename__ = "profile_descriptions"
    profile_id: Mapped[int] = mapped_column(ForeignKey("discovery.profile_id"), primary_key=True)
    handle: Mapped[str | None]
    display_name: Mapped[str | None]
    bio: Mapped[str | None]
    url: Mapped[str | None]


class Score(Base):
    __tablename__ = "scores"
    profile_id: Mapped[int] = mapped_column(ForeignKey("discovery.profile_id"), primary_key=True)
    score: Mapped[float]
    confidence: Mapped[float]
    cohort: Mapped[str]
    x: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))
    y: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))
    contributions: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))


class Found(Base):
    __tablename__ = "discovery"
    id: Mapped[int] = mapped_column(primary_key=True)
    influencer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("influencers.id"))
    profile_id: Mapped[int]
    network: Mapped[str]
    followers: Mapped[float | None]
    following: Mapped[float | None]
    er: Mapped[float | None]
    score: Mapped[float | None]
    avg_views: Mapped[float | None]
    avg_interactions: Mapped[float | None]
    growth_30d: Mapped[float | None]
    posts_per_week: Mapped[float | None]
    last_post: Mapped[datetime | None]
    country: Mapped[str | None]
    language: Mapped[str | None]
    influencer: Mapped[Influencer] = relationship(overlaps="profiles")
    descriptions: Mapped[list[Description]] = relationship()
    scores: Mapped[list[Score]] = relationship()


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class StandingShown(Shown):
    score: float
    confidence: float
    half_width: float
    as_of: date
    followers: float | None
    contributions: list[float]
    seed_share: list[float]


class DescriptionShown(Shown):
    handle: str | None
    display_name: str | None
    bio: str | None
    url: str | None


class ScoreShown(Shown):
    score: float
    confidence: float
    cohort: str
    x: list[float]
    y: list[float]
    contributions: list[float]


class ProfileShown(Shown):
    profile_id: int
    network: str
    followers: float | None
    following: float | None
    er: float | None
    avg_views: float | None
    avg_interactions: float | None
    growth_30d: float | None
    posts_per_week: float | None
    last_post: datetime | None
    country: str | None
    language: str | None
    descriptions: list[DescriptionShown]
    scores: list[ScoreShown]


class InfluencerShown(Shown):
    id: uuid.UUID
    name: str
    kind: str
    version: int
    standings: list[StandingShown]
    profiles: list[ProfileShown]


engine = create_async_engine(sys.argv[1].replace("postgresql://", "postgresql+asyncpg://"), pool_size=8)
sessions = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(_: Any) -> Any:
    yield
    await engine.dispose()


async def session() -> Any:
    async with sessions() as opened:
        yield opened


app = FastAPI(lifespan=lifespan)
whole = (
    selectinload(Influencer.standings),
    selectinload(Influencer.profiles).options(selectinload(Found.descriptions), selectinload(Found.scores)),
)


async def one(influencer_id: uuid.UUID, db: AsyncSession = Depends(session)) -> Any:
    found = await db.scalar(select(Influencer).where(Influencer.id == influencer_id).options(*whole))
    if found is None:
        raise HTTPException(404)
    return found


async def listed(limit: int = 50, db: AsyncSession = Depends(session)) -> Any:
    query = (
        select(Influencer)
        .join(Found, Found.influencer_id == Influencer.id)
        .where(Found.followers.between(10_000, 100_000), Found.network == "instagram", Found.er >= 2)
        .order_by(Found.score.desc(), Found.influencer_id)
        .limit(limit)
        .options(*whole)
    )
    return (await db.scalars(query)).all()


app.get("/api/v1/influencers/{influencer_id}", response_model=InfluencerShown)(one)
app.get("/api/v1/influencers", response_model=list[InfluencerShown])(listed)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False, lifespan="on")
