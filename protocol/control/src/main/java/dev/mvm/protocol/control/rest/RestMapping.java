package dev.mvm.protocol.control.rest;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;

/// The routes of all calls of a service that have an http rule.
public final class RestMapping {
    private final List<Route> routes;

    private RestMapping(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    /// Reads the rules of `service`. Calls without one, such as streams, are left out.
    ///
    /// @throws IllegalArgumentException if a rule uses a form that this mapping does not support
    public static RestMapping of(ServiceDescriptor service) {
        var routes = new ArrayList<Route>();
        for (var method : service.getMethods()) {
            if (method.getOptions().hasExtension(AnnotationsProto.http)) {
                routes.add(route(method, method.getOptions().getExtension(AnnotationsProto.http)));
            }
        }
        return new RestMapping(routes);
    }

    private static Route route(MethodDescriptor method, HttpRule rule) {
        boolean body = rule.getBody().equals("*");
        if ((!body && !rule.getBody().isEmpty()) || rule.getAdditionalBindingsCount() > 0) {
            throw new IllegalArgumentException("the http rule of " + method.getName() + " is not of our form");
        }
        return switch (rule.getPatternCase()) {
            case GET -> new Route("GET", PathTemplate.parse(rule.getGet()), body, method);
            case POST -> new Route("POST", PathTemplate.parse(rule.getPost()), body, method);
            case DELETE -> new Route("DELETE", PathTemplate.parse(rule.getDelete()), body, method);
            case PUT, PATCH, CUSTOM, PATTERN_NOT_SET ->
                throw new IllegalArgumentException("the http rule of " + method.getName() + " is not of our form");
        };
    }

    /// The meaning of a request line.
    public sealed interface Lookup {
        record Found(Route route, SequencedMap<String, String> variables) implements Lookup {}

        /// The path exists, but not with this HTTP method.
        record WrongVerb(List<String> allowed) implements Lookup {}

        record Nowhere() implements Lookup {}
    }

    /// Finds the route of a request.
    ///
    /// @param verb the HTTP method
    /// @param path without its query, exactly as it was sent
    public Lookup find(String verb, String path) {
        var allowed = new TreeSet<String>();
        for (var route : routes) {
            var variables = route.path().match(path);
            if (variables.isPresent()) {
                if (route.verb().equals(verb)) {
                    return new Lookup.Found(route, variables.get());
                }
                allowed.add(route.verb());
            }
        }
        return allowed.isEmpty() ? new Lookup.Nowhere() : new Lookup.WrongVerb(List.copyOf(allowed));
    }

    /// Returns the route of the call with this short name, if it has an http rule.
    public Optional<Route> route(String name) {
        return routes.stream().filter(route -> route.name().equals(name)).findFirst();
    }

    public List<Route> routes() {
        return routes;
    }
}
