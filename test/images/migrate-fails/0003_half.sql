-- Up Migration
CREATE TABLE half_done (id int);
