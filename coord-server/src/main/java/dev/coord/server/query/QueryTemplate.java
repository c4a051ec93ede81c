package dev.coord.server.query;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.coord.api.storage.v1.PreparedQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A prepared query for all names with a prefix. In its service part {@code ${name.full}}, {@code ${name.prefix}}, {@code
 * ${name.suffix}}, {@code ${match(N)}} and {@code ${agent.segment}} stand for parts of the name that was asked for; a second
 * dollar sign in front lets one of them stand for itself.
 */
final class QueryTemplate {

    static final String NAME_PREFIX_MATCH = "name_prefix_match";

    private static final String OPEN = "${";
    private static final String ESCAPED = "$${";
    private static final Pattern MATCH = Pattern.compile("match\\(\\s*(\\d{1,4})\\s*\\)");

    private final PreparedQuery query;
    private final @Nullable Pattern pattern;

    /** @throws QueryException naming what makes no sense */
    QueryTemplate(PreparedQuery query) {
        this.query = query;
        if (!query.getTemplateType().equals(NAME_PREFIX_MATCH)) {
            throw failed("Bad Template.Type '" + query.getTemplateType() + "'");
        }
        try {
            this.pattern = query.getTemplateRegexp().isEmpty() ? null : Pattern.compile(query.getTemplateRegexp());
        } catch (PatternSyntaxException e) {
            throw failed("Bad Regexp: " + e.getMessage());
        }
        // Whatever can't be evaluated is found now, not when somebody asks.
        rendered("");
    }

    private static QueryException failed(String why) {
        return new QueryException("failed compiling template: " + why);
    }

    /** The query for a name. */
    PreparedQuery rendered(String name) {
        Map<String, String> variables = variables(name);
        PreparedQuery.Builder rendered = query.toBuilder();
        rendered.setService(text("Service.Service", query.getService(), variables));
        rendered.setNear(text("Service.Near", query.getNear(), variables));
        rendered.clearTags();
        for (int i = 0; i < query.getTagsCount(); i++) {
            String tag = text("Service.Tags[" + i + "]", query.getTags(i), variables);
            if (!tag.isEmpty() || !query.getTemplateRemoveEmptyTags()) {
                rendered.addTags(tag);
            }
        }
        rendered.clearFailoverDatacenters()
                .addAllFailoverDatacenters(
                        texts("Service.Failover.Datacenters", query.getFailoverDatacentersList(), variables));
        rendered.clearIgnoreCheckIds()
                .addAllIgnoreCheckIds(texts("Service.IgnoreCheckIDs", query.getIgnoreCheckIdsList(), variables));
        rendered.clearNodeMeta().putAllNodeMeta(texts("Service.NodeMeta", query.getNodeMetaMap(), variables));
        rendered.clearServiceMeta()
                .putAllServiceMeta(texts("Service.ServiceMeta", query.getServiceMetaMap(), variables));
        return rendered.build();
    }

    private Map<String, String> variables(String name) {
        Map<String, String> variables = new TreeMap<>();
        int prefix = Math.min(query.getName().length(), name.length());
        variables.put("name.full", name);
        variables.put("name.prefix", name.substring(0, prefix));
        variables.put("name.suffix", name.substring(prefix));
        variables.put("agent.segment", "");
        if (pattern != null) {
            Matcher matcher = pattern.matcher(name);
            if (matcher.find()) {
                for (int group = 0; group <= matcher.groupCount(); group++) {
                    String text = matcher.group(group);
                    variables.put("match(" + group + ")", text == null ? "" : text);
                }
            }
        }
        return variables;
    }

    private static List<String> texts(String field, List<String> templates, Map<String, String> variables) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < templates.size(); i++) {
            texts.add(text(field + "[" + i + "]", templates.get(i), variables));
        }
        return texts;
    }

    private static Map<String, String> texts(
            String field, Map<String, String> templates, Map<String, String> variables) {
        Map<String, String> texts = new TreeMap<>();
        templates.forEach((key, template) -> texts.put(key, text(field + "[" + key + "]", template, variables)));
        return texts;
    }

    private static String text(String field, String template, Map<String, String> variables) {
        StringBuilder text = new StringBuilder();
        int done = 0;
        for (int open = template.indexOf(OPEN); open >= 0; open = template.indexOf(OPEN, done)) {
            if (open > done && template.startsWith(ESCAPED, open - 1)) {
                text.append(template, done, open - 1).append(OPEN);
                done = open + OPEN.length();
                continue;
            }
            int close = template.indexOf('}', open);
            if (close < 0) {
                throw failed("Bad format '" + template + "' in " + field + ": expected closing }");
            }
            text.append(template, done, open)
                    .append(value(
                            field,
                            template,
                            template.substring(open + OPEN.length(), close).strip(),
                            variables));
            done = close + 1;
        }
        return text.append(template, done, template.length()).toString();
    }

    private static String value(String field, String template, String expression, Map<String, String> variables) {
        Matcher match = MATCH.matcher(expression);
        String name = match.matches() ? "match(" + Integer.parseInt(match.group(1)) + ")" : expression;
        String value = variables.get(name);
        if (value == null && !match.matches()) {
            throw failed(
                    "Bad evaluation for '" + template + "' in " + field + ": unknown variable accessed: " + expression);
        }
        return value == null ? "" : value;
    }
}
