// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Requests and answers in bytes, for the calls between members. Stateless; any thread. */
public final class PeerCall {
  private PeerCall() {}

  /** A request as bytes. */
  public static byte[] encode(HttpSeam.Request r) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(r.method());
      out.writeUTF(r.path());
      out.writeInt(r.query().size());
      for (Map.Entry<String, String> e : r.query().entrySet()) {
        out.writeUTF(e.getKey());
        out.writeUTF(e.getValue());
      }
      text(out, r.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Reads a request. */
  public static HttpSeam.Request request(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      String method = in.readUTF();
      String path = in.readUTF();
      Map<String, String> query = new LinkedHashMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        query.put(in.readUTF(), in.readUTF());
      }
      return new HttpSeam.Request(method, path, query, text(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An answer as bytes. */
  public static byte[] encode(HttpSeam.Response r) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(r.status());
      text(out, r.json());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Reads an answer. */
  public static HttpSeam.Response response(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return new HttpSeam.Response(in.readInt(), text(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }
}
