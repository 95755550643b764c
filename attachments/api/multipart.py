"""Multipart forms with a file whose name is kept as its owner sees it.

Django's own parser takes out every sign that Python does not call printable, joiners and narrow
spaces among them, and reads a name as HTML. Ours asks `safe_name` alone.
"""

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles

from attachments.file_names import name_from_form, safe_name


class UploadHandler(TemporaryFileUploadHandler):
    """Writes to a file whose path has nothing of the name in it, however long its ending is."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = TemporaryUploadedFile(
            "upload", self.content_type, 0, self.charset, self.content_type_extra
        )
        self.file.name = self.file_name


class _FormParser(MultiPartParser):
    def sanitize_file_name(self, file_name: str) -> str:
        return safe_name(name_from_form(file_name))


class UploadParser(BaseParser):
    """Raises ParseError for what is no form."""

    media_type = "multipart/form-data"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> "DataAndFiles[Any, Any]":
        request = (parser_context or {})["request"]
        meta = request.META | {"CONTENT_TYPE": media_type}
        try:
            form = _FormParser(meta, stream, request.upload_handlers, "utf-8")
            return DataAndFiles(*form.parse())
        except MultiPartParserError as error:
            raise ParseError(f"The form cannot be read: {error}") from error
