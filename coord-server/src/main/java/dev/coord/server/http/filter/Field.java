package dev.coord.server.http.filter;

import java.util.List;
import java.util.function.Predicate;

/** A field of a T that expressions can ask for. */
interface Field<T> {

    /**
     * The comparison of this field.
     *
     * @param rest what the selector says after this field's name
     * @throws FilterException if the field has no such part, or can't be compared like that
     */
    Predicate<T> compile(List<String> rest, Match match);
}
