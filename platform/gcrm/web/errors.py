"""Pages for what went wrong: a plain sentence and a way on, never a trace."""

from dataclasses import dataclass

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from gcrm.store.errors import StoreAwayError, StoreError
from gcrm.web import logs, posted
from gcrm.web.language import gettext as _

MEGABYTE = 1024 * 1024
KNOWN = (400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the person reads: what happened, what to do, and the page where to do it."""

    title: str
    text: str
    link: str = ""
    words: str = ""


class Stopped(Exception):  # noqa: N818  an answer, no error
    """A view ends with a page of this status, saying `title` and `text` as they stand."""

    def __init__(self, status: int, title: str, text: str) -> None:
        """Keep the sentences, already in the person's language."""
        super().__init__(title)
        self.status = status
        self.trouble = Trouble(title, text)


def init(app: Flask) -> None:
    """Answer every error with our own page, or a problem document under /api."""
    app.register_error_handler(Stopped, _stopped)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(StoreAwayError, _away)
    app.register_error_handler(Exception, _broken)


def _stopped(error: Exception) -> Response:
    assert isinstance(error, Stopped)  # noqa: S101  registered for this class only
    return answer(error.status, error.trouble)


def _stale(error: Exception) -> Response:
    return posted.offer() or answer(
        400,
        Trouble(
            _("这一页放得太久了"),
            _("请回到上一页，刷新以后再交一次。已经保存过的内容都还在。"),
        ),
    )


def _http(error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  registered for this class only
    status = error.code or 500
    if status < 400 and error.response is not None:
        return make_response(error.response)
    made = answer(status if status in KNOWN else 400, trouble(status))
    if status == 405 and error.get_response().headers.get("Allow"):
        made.headers["Allow"] = error.get_response().headers["Allow"]
    return made


def _away(error: Exception) -> Response:
    logs.failure(error)
    return answer(503, trouble(503))


def _broken(error: Exception) -> Response:
    logs.failure(error)
    if current_app.config.get("GCRM_RAISE"):
        raise error
    return answer(500, trouble(500))


def trouble(status: int) -> Trouble:
    """Say what a status means to the person who meets it."""
    if status == 401:
        return Trouble(_("请先登录"), _("登录以后会回到这里。"))
    if status == 403:
        return Trouble(
            _("这一页没有对您开放"),
            _("您的账号没有看这一页的权限。如果工作需要，请找本单位的管理员。"),
        )
    if status in (404, 405):
        return Trouble(
            _("没有找到这一页"),
            _("可能是地址不完整，也可能是这项内容不在您名下。请从首页再进一次。"),
        )
    if status == 409:
        return Trouble(
            _("内容刚刚变了"),
            _("在您之前已经有人改过这一项。请回到上一页，看一遍最新的内容。"),
        )
    if status == 413:
        return _too_large()
    if status == 429:
        return Trouble(_("试的次数太多了"), _("请过几分钟再试。着急的话，请打12345。"))
    if status in (500, 503):
        return Trouble(
            _("我们这边出了问题"),
            _("不是您的错。已经保存过的内容都还在，请过几分钟再试。"),
        )
    return Trouble(_("这次没有办成"), _("交上来的内容不完整。请回到上一页，再试一次。"))


def _too_large() -> Trouble:
    """Say what is kept: nothing of this post was read, what was saved before is all there."""
    most = current_app.config["GCRM_UPLOAD_LIMIT"] // MEGABYTE
    limits = _("每个文件请不要超过%(most)sMB。照片可以先在手机上缩小，再传一次。", most=most)
    adapter = current_app.create_url_adapter(request)
    form = request.method == "POST" and adapter is not None and adapter.test(request.path, "GET")
    if not form:
        return Trouble(_("上传的内容太大了"), limits)
    return Trouble(
        _("一次选的文件太多太大，没有收下"),
        _(
            "这一页刚才新填的没能存上，以前保存过的都还在。按浏览器的“返回”，多半还能看到刚填的；"
            "也可以回到这一页重填。文件请一次少选几个。"
        )
        + " "
        + limits,
        request.path,
        _("回到刚才那一页"),
    )


def answer(status: int, what: Trouble) -> Response:
    """Make the page of a status, or the problem document of the API."""
    number = g.get("request_id", "")
    if request.path.startswith("/api/"):
        made = jsonify(
            type="about:blank", title=what.title, detail=what.text, status=status, request=number
        )
        made.content_type = "application/problem+json"
    else:
        made = make_response(_page(status, what, number))
    made.status_code = status
    return made


def _page(status: int, what: Trouble, number: str) -> str:
    """Draw the page; where the database is away too, as for somebody who is not known."""
    face = "staff" if request.path.startswith("/staff") else "citizen"
    values = {"trouble": what, "status": status, "number": number, "face": face}
    try:
        return render_template("errors/page.html", **values)
    except (StoreError, SQLAlchemyError):
        g._login_user = AnonymousUserMixin()  # flask-login then asks nobody
        return render_template("errors/page.html", **values)
