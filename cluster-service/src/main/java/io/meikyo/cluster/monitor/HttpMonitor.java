// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whether a web page answers with a good status and, if asked, contains a text. Redirections are
 * not followed: their status counts. Of the page at most the first MiB is read.
 */
public final class HttpMonitor implements Monitor {
  private final Settings settings;
  private final URI url;
  private final Findings findings;
  private @Nullable HttpClient client;

  /**
   * What is configured.
   *
   * @param name of the monitor
   * @param url its address
   * @param method {@code GET} or {@code HEAD}
   * @param statusMin lowest good status
   * @param statusMax highest good status
   * @param contains text that must be in it; empty: any
   * @param verifyTls true: its certificate must be good
   */
  public record Settings(
      String name,
      String url,
      String method,
      int statusMin,
      int statusMax,
      String contains,
      boolean verifyTls) {

    /** The usual, for an address. */
    public static Settings of(String name, String url) {
      return new Settings(name, url, "GET", 200, 399, "", true);
    }
  }

  /**
   * Makes one.
   *
   * @throws IllegalArgumentException if the address is none
   */
  public HttpMonitor(Settings settings) {
    this.settings = settings;
    this.url = URI.create(settings.url());
    this.findings = new Findings(settings.name());
    // What is wrong with the address is found here, and not at the first look.
    HttpRequest _ = request(Duration.ofSeconds(1));
  }

  @Override
  public String name() {
    return settings.name();
  }

  private HttpRequest request(Duration timeout) {
    return HttpRequest.newBuilder(url)
        .method(settings.method(), BodyPublishers.noBody())
        .header("User-Agent", "meikyo")
        .timeout(timeout)
        .build();
  }

  private HttpClient client() throws GeneralSecurityException {
    HttpClient now = client;
    if (now == null) {
      HttpClient.Builder builder =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER);
      if (!settings.verifyTls()) {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new AnyCertificate()}, null);
        builder.sslContext(context);
      }
      now = builder.build();
      client = now;
    }
    return now;
  }

  @Override
  public MonitorResult check(CheckContext context) {
    if (context.limit().isOver()) {
      return findings.over(context, settings.url());
    }
    long began = context.limit().nanos();
    try {
      CompletableFuture<HttpResponse<String>> answer =
          client()
              .sendAsync(
                  request(Duration.ofNanos(Math.max(1, context.limit().left()))),
                  _ -> new FirstBytes());
      if (!context.limit().await(answer)) {
        answer.cancel(true);
        return findings.over(context, settings.url());
      }
      return judged(answer.get(), (context.limit().nanos() - began) / 1_000_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return findings.over(context, settings.url());
    } catch (ExecutionException e) {
      return context.limit().isOver()
          ? findings.over(context, settings.url())
          : findings.failed(MonitorNotice.HTTP_FAILED, settings.url(), reason(e));
    } catch (GeneralSecurityException e) {
      return findings.cannot(String.valueOf(e.getMessage()));
    }
  }

  private static String reason(ExecutionException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    String message = cause.getMessage();
    return message == null && cause instanceof IOException
        ? "the connection was refused or broken (" + cause.getClass().getSimpleName() + ")"
        : String.valueOf(message);
  }

  private MonitorResult judged(HttpResponse<String> response, long millis) {
    int status = response.statusCode();
    if (status < settings.statusMin() || status > settings.statusMax()) {
      return findings.failed(
          MonitorNotice.HTTP_STATUS,
          settings.url(),
          status,
          settings.statusMin() + "-" + settings.statusMax());
    }
    return response.body().contains(settings.contains())
        ? findings.ok(MonitorNotice.HTTP_OK, settings.url(), status, millis)
        : findings.failed(MonitorNotice.HTTP_TEXT, settings.url(), settings.contains());
  }

  @Override
  public void close() {
    HttpClient now = client;
    if (now != null) {
      now.shutdownNow();
    }
  }
}
