// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/** What the poms say. */
final class Poms {

  static final String OURS = "io.meikyo";

  private Poms() {}

  /** A dependency, plugin, compiler plugin or unpacked artifact. */
  record Coordinate(String group, String artifact, String scope) {

    @Override
    public String toString() {
      return group + ":" + artifact;
    }
  }

  /** The folders of the modules, in the order of the root pom. */
  static List<String> moduleFolders() {
    return elements(parse("pom.xml"), "module").stream().map(Element::getTextContent).toList();
  }

  static String artifactOf(String folder) {
    Element project = parse(folder + "/pom.xml").getDocumentElement();
    return child(project, "artifactId");
  }

  /** The direct dependencies that a module's own pom names. */
  static List<Coordinate> dependencies(String folder) {
    return elements(parse(folder + "/pom.xml"), "dependency").stream()
        .map(Poms::coordinate)
        .toList();
  }

  /** Everything of others that any pom names: {@code group:artifact}. */
  static Set<String> everythingOfOthers() {
    Set<String> found = new TreeSet<>();
    List<String> poms = new ArrayList<>(List.of("pom.xml"));
    moduleFolders().forEach(folder -> poms.add(folder + "/pom.xml"));
    for (String pom : poms) {
      Document document = parse(pom);
      for (String tag : List.of("dependency", "plugin", "path", "artifactItem")) {
        elements(document, tag).stream()
            .map(Poms::coordinate)
            .filter(coordinate -> !coordinate.group().equals(OURS))
            .forEach(coordinate -> found.add(coordinate.toString()));
      }
      if (!elements(document, "googleJavaFormat").isEmpty()) {
        found.add("com.google.googlejavaformat:google-java-format");
      }
    }
    return found;
  }

  /** The allow-list of the enforcer, without our own: {@code group:artifact}. */
  static Set<String> allowList() {
    Set<String> found = new TreeSet<>();
    for (Element include : elements(parse("pom.xml"), "include")) {
      String[] parts = include.getTextContent().split(":", -1);
      if (!parts[0].equals(OURS)) {
        found.add(parts[0] + ":" + parts[1]);
      }
    }
    return found;
  }

  private static Coordinate coordinate(Element element) {
    String group = child(element, "groupId");
    String scope = child(element, "scope");
    return new Coordinate(
        group.isEmpty() ? "org.apache.maven.plugins" : group,
        child(element, "artifactId"),
        scope.isEmpty() ? "compile" : scope);
  }

  private static String child(Element parent, String tag) {
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node.getNodeName().equals(tag)) {
        return node.getTextContent().strip();
      }
    }
    return "";
  }

  private static List<Element> elements(Document document, String tag) {
    var nodes = document.getElementsByTagName(tag);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  private static Document parse(String path) {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(Tree.root().resolve(path).toFile());
    } catch (IOException | SAXException | ParserConfigurationException e) {
      throw new IllegalStateException("cannot read " + path, e);
    }
  }
}
