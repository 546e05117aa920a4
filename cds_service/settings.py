"""Reads the environment, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cds_service.errors import Fault, SettingsError


@dataclass(frozen=True)
class Settings:
    mode: Literal["demo"]


def read_settings(environment: Mapping[str, str]) -> Settings:
    mode = environment.get("CDS_MODE", "demo")
    if mode == "production":
        raise SettingsError(
            Fault(
                "CDS_MODE",
                "production is refused: this version cannot verify the token of a caller yet",
                "Run in demo mode, with synthetic data only: CDS_MODE=demo, or leave it unset",
            )
        )
    if mode != "demo":
        raise SettingsError(Fault("CDS_MODE", "is not a mode of this service", "Set it to demo"))
    return Settings(mode="demo")
