package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.api.raft.v1.TxnError;
import dev.coord.api.raft.v1.TxnOutcome;
import dev.coord.api.raft.v1.TxnResult;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.command.CommandValidation;
import dev.coord.server.state.KvEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** {@code /v1/txn}: operations that take effect together or not at all. */
final class TxnEndpoint implements EndpointFamily {

    private static final int CONFLICT = 409;

    @Override
    public void addTo(Routes routes) {
        routes.put("/v1/txn", Access.BY_HANDLER, TxnEndpoint::txn);
    }

    private static void txn(Exchange exchange) {
        Authorizer may = exchange.authorizer();
        exchange.body(exchange.limits().txnBytesMax(), body -> {
            String datacenter = exchange.backend().cluster().self().datacenter();
            TxnRequest request =
                    TxnRequest.read(body, datacenter, exchange.limits().valueBytesMax());
            List<TxnError> refused = new ArrayList<>(request.incomplete());
            refused.addAll(TxnAccess.denied(may, exchange.backend().states().latest(), request));
            if (!refused.isEmpty()) {
                answer(exchange, TxnOutcome.getDefaultInstance(), refused, request.writes());
            } else if (request.txn().writes() && request.unknownVerbs().isEmpty()) {
                exchange.executeValid(
                        request.txn(),
                        result -> answer(
                                exchange, TxnAccess.seen(may, Objects.requireNonNull(result.txn())), List.of(), true));
            } else {
                // Only looks, or can't succeed: the log needs to know nothing of it.
                CommandValidation.validate(request.txn());
                exchange.state(state -> answer(
                        exchange,
                        placed(TxnAccess.seen(may, state.tried(request.txn())), request),
                        request.unknownVerbs(),
                        request.writes()));
            }
        });
    }

    /** The same with the places that the operations have among all that were sent. */
    private static TxnOutcome placed(TxnOutcome outcome, TxnRequest request) {
        TxnOutcome.Builder placed = outcome.toBuilder();
        placed.getErrorsBuilderList()
                .forEach(error -> error.setIndex(request.places().get(error.getIndex())));
        return placed.build();
    }

    private static void answer(Exchange exchange, TxnOutcome outcome, List<TxnError> more, boolean writes) {
        List<TxnError> errors = new ArrayList<>(outcome.getErrorsList());
        errors.addAll(more);
        errors.sort(Comparator.comparingInt(TxnError::getIndex));
        if (!writes) {
            Reads.freshness(exchange);
        }
        Answer answer = Answer.json(exchange.options().pretty(), json -> {
            json.writeStartObject();
            json.writeFieldName("Results");
            results(json, errors.isEmpty(), outcome.getResultsList());
            json.writeFieldName("Errors");
            errors(json, errors);
            if (!writes) {
                ReadMetaJson.write(json, exchange, "");
            }
            json.writeEndObject();
        });
        exchange.answer(errors.isEmpty() ? answer : answer.withStatus(CONFLICT));
    }

    private static void results(JsonGenerator json, boolean succeeded, List<TxnResult> results) throws IOException {
        if (!succeeded) {
            json.writeNull();
            return;
        }
        json.writeStartArray();
        for (TxnResult result : results) {
            json.writeStartObject();
            result(json, result);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void result(JsonGenerator json, TxnResult result) throws IOException {
        switch (result.getResultCase()) {
            case KV -> {
                json.writeFieldName("KV");
                KvJson.write(json, KvEntry.of(result.getKv()));
            }
            case NODE -> {
                json.writeFieldName("Node");
                CatalogJson.node(json, ApiMapping.fromMessage(result.getNode()));
            }
            case SERVICE -> {
                json.writeFieldName("Service");
                CatalogJson.service(json, ApiMapping.fromMessage(result.getService()), true);
            }
            case CHECK -> {
                json.writeFieldName("Check");
                CheckJson.write(json, ApiMapping.fromMessage(result.getCheck()), true);
            }
            case RESULT_NOT_SET -> throw new IllegalStateException("an empty result");
        }
    }

    private static void errors(JsonGenerator json, List<TxnError> errors) throws IOException {
        if (errors.isEmpty()) {
            json.writeNull();
            return;
        }
        json.writeStartArray();
        for (TxnError error : errors) {
            json.writeStartObject();
            json.writeNumberField("OpIndex", error.getIndex());
            json.writeStringField("What", error.getWhat());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
