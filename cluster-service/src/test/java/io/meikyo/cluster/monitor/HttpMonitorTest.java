// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class HttpMonitorTest {
  private final CountDownLatch end = new CountDownLatch(1);
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(loopback(), 0);
    serve(server);
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private void serve(HttpServer http) {
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          try (OutputStream out = exchange.getResponseBody()) {
            switch (path) {
              case "/good" -> {
                boolean head = exchange.getRequestMethod().equals("HEAD");
                exchange.sendResponseHeaders(200, head ? -1 : 0);
                if (!head) {
                  out.write("all is ready".getBytes(StandardCharsets.UTF_8));
                }
              }
              case "/moved" -> {
                exchange.getResponseHeaders().add("Location", "/good");
                exchange.sendResponseHeaders(302, -1);
              }
              case "/endless" -> {
                exchange.sendResponseHeaders(200, 0);
                byte[] much = new byte[64 << 10];
                while (end.getCount() > 0) {
                  out.write(much);
                }
              }
              case "/silent" -> end.await();
              case "/half" -> {
                exchange.sendResponseHeaders(200, 100);
                out.write(1);
                out.flush();
                end.await();
              }
              default -> exchange.sendResponseHeaders(503, -1);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    http.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
  }

  private String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private static MonitorResult look(
      String url, String method, int max, String contains, Duration time) {
    try (HttpMonitor monitor =
        new HttpMonitor(new HttpMonitor.Settings("http1", url, method, 200, max, contains, true))) {
      return monitor.check(Looks.context(time));
    }
  }

  private MonitorResult look(String path, String contains) {
    return look(url(path), "GET", 399, contains, Duration.ofSeconds(30));
  }

  @Test
  void aGoodPageIsGood() {
    Looks.ok(look("/good", ""), MonitorNotice.HTTP_OK);
    Looks.ok(look("/good", "is ready"), MonitorNotice.HTTP_OK);
    Looks.ok(look(url("/good"), "HEAD", 200, "", Duration.ofSeconds(30)), MonitorNotice.HTTP_OK);
    Looks.failed(look("/good", "is broken"), MonitorNotice.HTTP_TEXT);
  }

  @Test
  void theStatusCountsAndRedirectionsAreNotFollowed() {
    MonitorResult busy = look("/busy", "");
    Looks.failed(busy, MonitorNotice.HTTP_STATUS);
    assertThat(busy.notice().toString()).contains("status=503, wanted=200-399");
    Looks.ok(look("/moved", ""), MonitorNotice.HTTP_OK);
    Looks.failed(
        look(url("/moved"), "GET", 299, "", Duration.ofSeconds(30)), MonitorNotice.HTTP_STATUS);
  }

  @Test
  void aSilentPageIsATimeout() {
    for (String path : new String[] {"/silent", "/half"}) {
      Looks.is(
          look(url(path), "GET", 399, "", Duration.ofMillis(500)),
          MonitorResult.Found.TIMEOUT,
          MonitorNotice.TIMED_OUT);
    }
  }

  @Test
  void anEndlessPageIsReadOnlyAtItsBeginning() {
    Looks.ok(look("/endless", ""), MonitorNotice.HTTP_OK);
    Looks.failed(look("/endless", "never there"), MonitorNotice.HTTP_TEXT);
  }

  @Test
  void nobodyListens() throws Exception {
    String gone = url("/good");
    server.stop(0);
    Looks.failed(look(gone, "GET", 399, "", Duration.ofSeconds(30)), MonitorNotice.HTTP_FAILED);
    assertThatThrownBy(() -> look("no address", "GET", 399, "", Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aCertificateOfItsOwnMakingIsBelievedOnlyIfAllowed(@TempDir Path folder) throws Exception {
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    assumeThat(keytool).as("keytool").exists();
    Path store = folder.resolve("keys.p12");
    Process made =
        new ProcessBuilder(
                keytool.toString(),
                "-genkeypair",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-dname",
                "CN=nobody",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .start();
    assertThat(made.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    char[] password = "changeit".toCharArray();
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, password);
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, password);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    HttpsServer https = HttpsServer.create(loopback(), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(tls));
    serve(https);
    String url = "https://127.0.0.1:" + https.getAddress().getPort() + "/good";
    try {
      MonitorResult refused = look(url, "GET", 399, "", Duration.ofSeconds(30));
      Looks.failed(refused, MonitorNotice.HTTP_FAILED);
      try (HttpMonitor easy =
          new HttpMonitor(
              new HttpMonitor.Settings("http1", url, "GET", 200, 399, "ready", false))) {
        Looks.ok(easy.check(Looks.context()), MonitorNotice.HTTP_OK);
      }
    } finally {
      https.stop(0);
    }
  }
}
