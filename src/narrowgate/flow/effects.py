"""What each decision does once two people have signed it: every command by name, and none besides."""

from collections.abc import Mapping

from narrowgate.flow.deciding import Effect, register
from narrowgate.flow.holding import refuse_held, release_held
from narrowgate.flow.means import adopt_measured
from narrowgate.flow.release import approve_tranche, decline_request
from narrowgate.governance.determinations import COMMANDS as DETERMINATIONS

EFFECTS: Mapping[str, Effect] = {
    "approve": approve_tranche,
    "certify": adopt_measured,
    "config adopt": register,
    "decline": decline_request,
    "hold assign": register,
    "hold assign counsel": register,
    "hold refuse": refuse_held,
    "hold release": release_held,
    "hold release counsel": release_held,
    "pack adopt": register,
    "party add": register,
    "party revoke": register,
    "records load": register,
    "shield add": register,
    "shield remove": register,
    "staff add": register,
    "staff remove": register,
    "stay enter": register,
    "stay lift": register,
} | dict.fromkeys(DETERMINATIONS, register)
