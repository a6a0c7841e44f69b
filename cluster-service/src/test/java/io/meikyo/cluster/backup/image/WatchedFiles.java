// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The machine's files, and a book of what is done with them: {@code write}, {@code force} (a file,
 * or a folder's names), {@code move}, {@code delete}. What is in the book after the last force of a
 * thing would be lost with the power.
 */
final class WatchedFiles extends FileSystemProvider {
  /** What was done, with the last name of what it was done to. */
  final List<String> book = new CopyOnWriteArrayList<>();

  private final FileSystem files = new Files();

  /** The same place, watched. */
  Path watched(Path path) {
    return new Watched(path);
  }

  private static Path real(Path path) {
    return path instanceof Watched w ? w.real : path;
  }

  private void note(String what, Path path) {
    book.add(what + " " + path.getFileName());
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    FileChannel to = real(path).getFileSystem().provider().newFileChannel(real(path), options);
    return new Channel(to, path);
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return java.nio.file.Files.newByteChannel(real(path), options, attributes);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
    return java.nio.file.Files.newDirectoryStream(real(folder), filter);
  }

  @Override
  public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
    java.nio.file.Files.createDirectory(real(folder), attributes);
  }

  @Override
  public void delete(Path path) throws IOException {
    java.nio.file.Files.delete(real(path));
    note("delete", path);
  }

  @Override
  public void move(Path from, Path to, CopyOption... options) throws IOException {
    java.nio.file.Files.move(real(from), real(to), options);
    note("move", to);
  }

  @Override
  public void copy(Path from, Path to, CopyOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isSameFile(Path a, Path b) throws IOException {
    return java.nio.file.Files.isSameFile(real(a), real(b));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return java.nio.file.Files.isHidden(real(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return java.nio.file.Files.getFileStore(real(path));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    real(path).getFileSystem().provider().checkAccess(real(path), modes);
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return java.nio.file.Files.getFileAttributeView(real(path), type, options);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return java.nio.file.Files.readAttributes(real(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
      throws IOException {
    return java.nio.file.Files.readAttributes(real(path), names, options);
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options)
      throws IOException {
    java.nio.file.Files.setAttribute(real(path), name, value, options);
  }

  @Override
  public String getScheme() {
    return "watched";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> settings) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return files;
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException();
  }

  // ---- a place

  private final class Watched implements Path {
    private final Path real;

    Watched(Path real) {
      this.real = real;
    }

    private Path same(Path next) {
      return new Watched(next);
    }

    private @Nullable Path orNull(@Nullable Path next) {
      return next == null ? null : same(next);
    }

    @Override
    public FileSystem getFileSystem() {
      return files;
    }

    @Override
    public boolean isAbsolute() {
      return real.isAbsolute();
    }

    @Override
    public @Nullable Path getRoot() {
      return orNull(real.getRoot());
    }

    @Override
    public @Nullable Path getFileName() {
      return orNull(real.getFileName());
    }

    @Override
    public @Nullable Path getParent() {
      return orNull(real.getParent());
    }

    @Override
    public int getNameCount() {
      return real.getNameCount();
    }

    @Override
    public Path getName(int index) {
      return same(real.getName(index));
    }

    @Override
    public Path subpath(int from, int to) {
      return same(real.subpath(from, to));
    }

    @Override
    public boolean startsWith(Path other) {
      return real.startsWith(WatchedFiles.real(other));
    }

    @Override
    public boolean endsWith(Path other) {
      return real.endsWith(WatchedFiles.real(other));
    }

    @Override
    public Path normalize() {
      return same(real.normalize());
    }

    @Override
    public Path resolve(Path other) {
      return same(real.resolve(WatchedFiles.real(other)));
    }

    @Override
    public Path resolve(String other) {
      return same(real.resolve(other));
    }

    @Override
    public Path resolveSibling(String other) {
      return same(real.resolveSibling(other));
    }

    @Override
    public Path relativize(Path other) {
      return same(real.relativize(WatchedFiles.real(other)));
    }

    @Override
    public URI toUri() {
      return real.toUri();
    }

    @Override
    public Path toAbsolutePath() {
      return same(real.toAbsolutePath());
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
      return same(real.toRealPath(options));
    }

    @Override
    public File toFile() {
      return real.toFile();
    }

    @Override
    public WatchKey register(
        WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int compareTo(Path other) {
      return real.compareTo(WatchedFiles.real(other));
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Path p && real.equals(WatchedFiles.real(p));
    }

    @Override
    public int hashCode() {
      return real.hashCode();
    }

    @Override
    public String toString() {
      return real.toString();
    }
  }

  // ---- an open file

  private final class Channel extends FileChannel {
    private final FileChannel real;
    private final Path path;

    Channel(FileChannel real, Path path) {
      this.real = real;
      this.path = path;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      note("write", path);
      return real.write(bytes);
    }

    @Override
    public long write(ByteBuffer[] bytes, int from, int count) throws IOException {
      note("write", path);
      return real.write(bytes, from, count);
    }

    @Override
    public int write(ByteBuffer bytes, long at) throws IOException {
      note("write", path);
      return real.write(bytes, at);
    }

    @Override
    public void force(boolean all) throws IOException {
      real.force(all);
      note("force", path);
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      return real.read(to);
    }

    @Override
    public long read(ByteBuffer[] to, int from, int count) throws IOException {
      return real.read(to, from, count);
    }

    @Override
    public int read(ByteBuffer to, long at) throws IOException {
      return real.read(to, at);
    }

    @Override
    public long position() throws IOException {
      return real.position();
    }

    @Override
    public FileChannel position(long at) throws IOException {
      real.position(at);
      return this;
    }

    @Override
    public long size() throws IOException {
      return real.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      real.truncate(size);
      return this;
    }

    @Override
    public long transferTo(long at, long count, WritableByteChannel to) throws IOException {
      return real.transferTo(at, count, to);
    }

    @Override
    public long transferFrom(ReadableByteChannel from, long at, long count) throws IOException {
      note("write", path);
      return real.transferFrom(from, at, count);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long at, long size) throws IOException {
      return real.map(mode, at, size);
    }

    @Override
    public FileLock lock(long at, long size, boolean shared) throws IOException {
      return real.lock(at, size, shared);
    }

    @Override
    public @Nullable FileLock tryLock(long at, long size, boolean shared) throws IOException {
      return real.tryLock(at, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      real.close();
    }
  }

  private final class Files extends FileSystem {
    private final FileSystem real = java.nio.file.FileSystems.getDefault();

    @Override
    public FileSystemProvider provider() {
      return WatchedFiles.this;
    }

    @Override
    public void close() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public boolean isReadOnly() {
      return false;
    }

    @Override
    public String getSeparator() {
      return real.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
      return real.getRootDirectories();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
      return real.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
      return real.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
      return watched(real.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
      return real.getPathMatcher(pattern);
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
      return real.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() throws IOException {
      return real.newWatchService();
    }
  }
}
