package dev.coord.tools;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to the signals of the operating system. By reflection: the class that does it is supported by every JDK and still
 * one that the compiler warns of.
 */
final class Signals {

    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    /**
     * Runs something, on a thread of its own, whenever the signal comes. A signal that this process inherited as ignored stays
     * ignored, which is why the launcher resets those that stop it.
     */
    static void on(String signal, Runnable action) {
        try {
            Class<?> signals = Class.forName("sun.misc.Signal");
            Class<?> handlers = Class.forName("sun.misc.SignalHandler");
            Object handler = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handlers}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            Thread thread = new Thread(action, "coord-signal");
                            thread.setDaemon(true);
                            thread.start();
                        }
                        return null;
                    });
            signals.getMethod("handle", signals, handlers)
                    .invoke(null, signals.getConstructor(String.class).newInstance(signal), handler);
        } catch (ReflectiveOperationException e) {
            Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
            LOG.debug("SIG{} is left to the JVM: {}", signal, String.valueOf(cause));
        }
    }
}
