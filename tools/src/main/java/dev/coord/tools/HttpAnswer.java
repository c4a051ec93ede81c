package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * What a server has answered.
 *
 * @param index of the state that was read, as text, for an event's has all 64 bits; empty: the answer has none
 */
record HttpAnswer(int status, String index, Buffer body) {

    boolean isMissing() {
        return status == 404;
    }

    boolean isSuccess() {
        return status < 300;
    }

    /** This, if it is a success. */
    HttpAnswer orFail() {
        if (isSuccess()) {
            return this;
        }
        String why = text().isBlank() ? (isMissing() ? "not found" : "") : text().strip();
        throw new StartupException(ExitCode.FAILED, "Unexpected response code: " + status + " (" + why + ")");
    }

    String text() {
        return body.toString();
    }

    JsonObject object() {
        if (decode() instanceof JsonObject object) {
            return object;
        }
        throw strange("an object");
    }

    /** No list is an empty one. */
    JsonArray list() {
        Object value = text().strip().equals("null") ? new JsonArray() : decode();
        if (value instanceof JsonArray list) {
            return list;
        }
        throw strange("a list");
    }

    private Object decode() {
        try {
            return Json.decodeValue(body);
        } catch (DecodeException e) {
            throw new StartupException(ExitCode.FAILED, "the answer is not the JSON expected: " + e.getMessage(), e);
        }
    }

    private static StartupException strange(String expected) {
        return new StartupException(ExitCode.FAILED, "the answer is not " + expected + " of JSON, as expected");
    }
}
