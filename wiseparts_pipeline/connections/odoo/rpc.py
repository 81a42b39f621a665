"""A session with an Odoo: of one user, in one database, with the documents of one company."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Pace, Record
from wiseparts_pipeline.connections.errors import Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.http import Http
from wiseparts_pipeline.connections.odoo.ways import Json2, JsonRpc, Way, posted
from wiseparts_pipeline.connections.repeating import PATIENT, Repeats

_OLDEST = 14
_JSON_2_SINCE = 19
_JSON_RPC_UNTIL = 21


class Rpc:
    """Calls of methods as a user.

    `company`: the user's, whose documents are read. `others`: the names of the user's others.
    """

    def __init__(self, settings: ConnectionSettings, pace: Pace, repeats: Repeats = PATIENT) -> None:
        self._settings = settings
        self._http = Http(settings, pace, repeats=repeats)
        self.context: dict[str, object] = {}
        try:
            self.version = self._get_version()
            self._way = self._get_way()
            self.user, self.company, self.others = self._settle()
        except BaseException:
            self._http.close()
            raise

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._http.requests

    @property
    def now(self) -> datetime | None:
        """The server's clock, as its last answer had it."""
        return self._http.now

    def close(self) -> None:
        self._http.close()

    def place(self, call: str) -> str:
        """How errors about a call begin."""
        return f"connection {self._settings.name}: {call}"

    def execute(
        self,
        model: str,
        method: str,
        /,
        ids: Sequence[int] | None = None,
        *,
        context: Mapping[str, object] | None = None,
        repeatable: bool = True,
        **params: object,
    ) -> Any:
        """The result of a model's method, with numbers as texts. Raises ConnectionFailure.

        `ids`: the records whose method it is, if it is one of records. `context`: what is added to that of the user.
        `repeatable`: whether asking twice does no harm.
        """
        asked = {**params, "context": {**self.context, **(context or {})}}
        return self._way.call(self.place(f"{model}.{method}"), model, method, ids, asked, repeatable=repeatable)

    def create(self, model: str, values: Mapping[str, object]) -> int:
        """The number of a new record, which is asked for once: whoever gets no answer does not know. See `execute`."""
        place = self.place(f"{model}.create")
        number = self._way.create(place, model, values, self.context)
        if not isinstance(number, str) or not number.isdecimal():
            raise UnexpectedAnswer(f"{place}: the answer has no number of a record")
        return int(number)

    def search_read(
        self,
        model: str,
        domain: Sequence[object],
        fields: Sequence[str],
        limit: int | None = None,
        order: str = "id",
        **context: object,
    ) -> list[Record]:
        """The records that meet a domain, as Odoo writes them. Raises ConnectionFailure."""
        place = self.place(f"{model}.search_read")
        found = self.execute(
            model,
            "search_read",
            context=context,
            domain=list(domain),
            fields=list(fields),
            order=order,
            limit=limit,
        )
        if not isinstance(found, list):
            raise UnexpectedAnswer(f"{place}: result is not a list of records")
        for number, each in enumerate(found):
            identity = each.get("id") if isinstance(each, dict) else None
            if not isinstance(identity, str) or not identity.isdecimal():
                raise UnexpectedAnswer(f"{place}: result[{number}] is not a record with a number as its id")
        return found

    def _get_version(self) -> int:
        place = self.place("version")
        told = posted(self._http, "web/webclient/version_info", place, {})
        name = str(told.get("server_version")) if isinstance(told, dict) else ""
        # Between two versions, it is called saas~18.2.
        number = re.search(r"\d+", name)
        if number is None:
            raise UnexpectedAnswer(f"{place}: the answer tells no version; see whether there is an Odoo at the `url`")
        if int(number[0]) < _OLDEST:
            raise Refused(f"{place}: Odoo {name} is too old: invoices can be read since version {_OLDEST}")
        return int(number[0])

    def _get_way(self) -> Way:
        place = self.place("login")
        if self.version >= _JSON_2_SINCE and self._settings.api_key is not None:
            return Json2(self._http, self._settings)
        if self.version > _JSON_RPC_UNTIL:
            raise Refused(f"{place}: set api_key: Odoo {self.version} takes no password from other systems")
        return JsonRpc(self._http, self._settings, place)

    def _settle(self) -> tuple[int, Record, list[str]]:
        """The user's language and company are those of all that is asked for from here on."""
        place = self.place("res.users.context_get")
        own = self.execute("res.users", "context_get")
        user = str(self._way.user or own.get("uid")) if isinstance(own, dict) else ""
        if not user.isdecimal():
            raise UnexpectedAnswer(f"{place}: result is not the context of a user")
        # The names of products are in the user's language.
        self.context = {name: own[name] for name in ("lang", "tz") if own.get(name)}
        users = self.search_read("res.users", [["id", "=", int(user)]], ["company_id", "company_ids"])
        try:
            company, companies = int(users[0]["company_id"][0]), [int(each) for each in users[0]["company_ids"]]
        except (IndexError, KeyError, TypeError, ValueError):
            raise UnexpectedAnswer(f"{self.place('res.users.search_read')}: the user has no company") from None
        found = self.search_read("res.company", [["id", "in", companies]], ["name", "currency_id"])
        others = [str(each.get("name")) for each in found if int(each["id"]) != company]
        self.context["allowed_company_ids"] = [company]
        for each in found:
            if int(each["id"]) == company and isinstance(each.get("currency_id"), list):
                return int(user), {"id": company, "name": each["name"], "currency": each["currency_id"][1]}, others
        raise UnexpectedAnswer(f"{self.place('res.company.search_read')}: the user's company did not come")
